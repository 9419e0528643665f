# Checks one staged file of locations with nginx, in a server of its own.
#   sh check-staged.sh CONF STAGED NGINX
conf=$1
staged=$2
nginx=$3
{
  echo "pid $conf.pid; events {} http { access_log off;"
  for kind in client_body proxy fastcgi uwsgi scgi; do
    echo "${kind}_temp_path $conf.$kind;"
  done
  echo "server { include $staged; } }"
} >"$conf"
exec "$nginx" -e "$conf.log" -c "$conf" -t
