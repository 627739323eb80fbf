"""A moderator's seat at the queue: what their session holds, where, as what it is shown, and what came first."""
