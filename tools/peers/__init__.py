"""Other linters' own test cases, run through migsafe: where we differ, a server decides who is right."""
