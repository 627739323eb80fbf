"""A policy as a form: what its fields are called, how they are read, and how two policies differ."""
