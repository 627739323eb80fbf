"""`python -m tests.documentation`: writes the parts of the documentation that are made from the code."""

from tests.documentation.written import write

write()
