"""The native REST API, one blueprint per resource."""
