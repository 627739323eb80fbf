#!/bin/sh
# One sentinel of a replicated set: NAME is its own name, PRIMARY that of the first primary.
#
# Sentinel keeps what it learned in its configuration, so that is made once and then stays. It speaks in names, not in
# addresses: a container that comes back may have another address.
set -eu
: "${NAME:?}" "${PRIMARY:?}"
conf=${DATA:=/data}/sentinel.conf

if [ ! -e "$conf" ]; then
    {
        echo "bind ${BIND:-* -::*}"
        echo "port ${PORT:-26379}"
        echo "protected-mode no"
        echo "dir $DATA"
        echo "sentinel resolve-hostnames yes"
        echo "sentinel announce-hostnames yes"
        echo "sentinel announce-ip $NAME"
        echo "sentinel monitor winnow $PRIMARY ${PRIMARY_PORT:-6379} 2"
        echo "sentinel down-after-milliseconds winnow 3000"
        echo "sentinel failover-timeout winnow 15000"
        echo "sentinel parallel-syncs winnow 1"
    } > "$conf.new"
    mv "$conf.new" "$conf"
fi
exec redis-server "$conf" --sentinel
