"""A reader's text for a moderator's eyes: every sign of it seen, nothing of it acting, severe text closed."""
