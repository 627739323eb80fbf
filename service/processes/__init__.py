"""The processes of the service: what starts, serves, renews and ends them, and the Redis of their own."""
