"""The moderators' web page, on the same moderation and store as the API."""
