"""What the server does: what one statement locks and works on, and how long the locks are kept."""
