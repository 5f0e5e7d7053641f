"""Everything about neural nets: the trunk, the judge, the synthetic scene."""
