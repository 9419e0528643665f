# Process 1 of a container must reap every process that loses its parent, and Node reaps its own children only. So there, and
# only there, this shell stays: shells reap all. It starts Node, passes signals on and exits with Node's code.
# docs/adr/0013-a-shell-as-process-1.md
[ "$$" = 1 ] || exec node "$0" "$@"

child='' early='' caught=''
pass() {
  caught=yes
  if [ -n "$child" ]; then kill -s "$1" "$child" 2>/dev/null; else early=$1; fi
}
for signal in HUP USR1 USR2 ALRM TERM WINCH; do trap "pass $signal" "$signal"; done
# The keys of a terminal reach Node without us, and a second ^C would mean more than the first.
for signal in INT QUIT; do
  if [ -t 0 ]; then trap 'caught=yes' "$signal"; else trap "pass $signal" "$signal"; fi
done

# Standard input is /dev/null to what a script starts in the background, unless it has a number of its own.
{ command exec 9<&0; } 2>/dev/null || exec 9</dev/null
node "$0" "$@" <&9 9<&- &
child=$!
exec 9<&-
[ -z "$early" ] || kill -s "$early" "$child" 2>/dev/null

# A signal that was caught ends the waiting, too. 127: the shell has told the code of this child before.
code=127
while
  caught=''
  wait "$child"
  last=$?
  [ "$last" = 127 ] || code=$last
  [ -n "$caught" ] && [ "$last" != 127 ]
do :; done
exit "$code"
