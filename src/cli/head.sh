# Process 1 of a container must reap every orphaned process, but Node reaps only its own children. A shell reaps all of them. So only as
# process 1 this shell stays: it starts Node, passes signals on and exits with Node's exit code.
# docs/adr/0013-a-shell-as-process-1.md
[ "$$" = 1 ] || exec node "$0" "$@"

child='' early='' caught=''
pass() {
  caught=yes
  if [ -n "$child" ]; then kill -s "$1" "$child" 2>/dev/null; else early=$1; fi
}
for signal in HUP USR1 USR2 ALRM TERM WINCH; do trap "pass $signal" "$signal"; done
# On a terminal, ^C and ^\ reach Node directly. Passed on as well, one ^C would count as two.
for signal in INT QUIT; do
  if [ -t 0 ]; then trap 'caught=yes' "$signal"; else trap "pass $signal" "$signal"; fi
done

# A shell gives a background process /dev/null as standard input, unless the script duplicates the descriptor first.
{ command exec 9<&0; } 2>/dev/null || exec 9</dev/null
node "$0" "$@" <&9 9<&- &
child=$!
exec 9<&-
[ -z "$early" ] || kill -s "$early" "$child" 2>/dev/null

# A caught signal also ends `wait`. 127 means that an earlier `wait` has returned the exit code of this child.
code=127
while
  caught=''
  wait "$child"
  last=$?
  [ "$last" = 127 ] || code=$last
  [ -n "$caught" ] && [ "$last" != 127 ]
do :; done
exit "$code"
