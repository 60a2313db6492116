"""Run statements on scratch PostgreSQL servers and write down what the servers did."""
