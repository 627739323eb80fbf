#!/bin/sh
# One Redis of a replicated set: NAME is its own name, PRIMARY that of the first primary.
#
# Its configuration is made once and then stays with its data, for Sentinel writes into it who follows whom. A server
# that was started by its first configuration each time would follow a primary that is none any more, and lose what
# it has.
set -eu
: "${NAME:?}" "${PRIMARY:?}"
conf=${DATA:=/data}/redis.conf
port=${PORT:-6379}

if [ ! -e "$conf" ]; then
    {
        cat "$(dirname "$0")/redis.conf"
        echo "bind ${BIND:-* -::*}"
        echo "port $port"
        echo "protected-mode no"
        echo "dir $DATA"
        echo "replica-announce-ip $NAME"
        [ "$NAME:$port" = "$PRIMARY:${PRIMARY_PORT:-6379}" ] || echo "replicaof $PRIMARY ${PRIMARY_PORT:-6379}"
    } > "$conf.new"
    mv "$conf.new" "$conf"
fi
exec redis-server "$conf"
