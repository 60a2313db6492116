"""The version, and where the project and the pages of its rules are."""

__version__ = "0.1.0"

RULE_PAGE = "https://migsafe-lint.readthedocs.io/rules/{code}/"
REPOSITORY = "https://github.com/migsafe-lint/migsafe"
