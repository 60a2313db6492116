"""The version, and where the pages of the rules are."""

__version__ = "0.1.0"

RULE_PAGE = "https://migsafe-lint.readthedocs.io/rules/{code}/"
