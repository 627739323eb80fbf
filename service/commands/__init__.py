"""The subcommands of `winnow`, one a module."""
