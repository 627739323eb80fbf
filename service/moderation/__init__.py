"""What happens to a comment. Pure: values in, values out, no HTTP and no Redis."""
