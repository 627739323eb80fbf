"""The Harbour Ledger: an invented news site that shows Winnow at work, wired as a newsroom would."""
