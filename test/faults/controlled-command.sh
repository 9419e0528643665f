# A check or a reload that a test controls.
#   sh controlled-command.sh NAME PICKED COMMAND...
# NAME.mode holds the mode. NAME.runs gets a line for each run, NAME.pid the pid of the process that it leaves waiting.
#   ok      runs COMMAND
#   fail    exits with 1
#   hang    waits for a minute, and so does its child
#   die     is killed
#   late    runs COMMAND, then hangs
#   picky   exits with 1 if the file PICKED names a backup, else runs COMMAND
name=$1
picked=$2
shift 2

hang() {
  sleep 60 &
  echo $! >"$name.pid.new" && mv "$name.pid.new" "$name.pid"
  wait
}

mode=$(cat "$name.mode")
echo "$mode" >>"$name.runs"
case $mode in
  ok) exec "$@" ;;
  fail) echo "told to fail" >&2; exit 1 ;;
  hang) hang ;;
  die) kill -9 $$ ;;
  late) "$@"; hang ;;
  picky)
    if grep -q backup "$picked"; then
      echo "no backups here" >&2
      exit 1
    fi
    exec "$@"
    ;;
esac
