"""From paths to histories of migrations."""
