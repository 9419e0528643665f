# Lets nginx judge one staged file of locations, in a server of its own.
#   sh judge.sh CONF STAGED NGINX
conf=$1
staged=$2
nginx=$3
echo "events {} http { upstream web { server 127.0.0.1:1; } server { include $staged; } }" >"$conf"
exec "$nginx" -e "$conf.log" -g "pid $conf.pid;" -c "$conf" -t
