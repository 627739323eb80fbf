"""Single sign-on, an extra: what a provider says of somebody, and its protocol."""
