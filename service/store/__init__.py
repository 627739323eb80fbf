"""What Redis holds: one file per thing, each the only one that knows its keys."""
