"""A site's events pushed to its own servers: signed, retried, and never to where they must not go."""
