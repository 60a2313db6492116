"""How calm migsafe is on real projects: findings per 100 migrations, and a sample of each kind to be read."""
