"""The servers that `REDIS_URL` names: one, the primary that Sentinels know, or a cluster."""
