"""The living galleries: how reference pictures of pristine products come in."""
