"""Comments on pull requests and merge requests: the one room that uses the network, and only when it is asked to."""
