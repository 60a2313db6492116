"""What runs on a server that migsafe starts itself, or in a schema of its own: measuring and proving."""
