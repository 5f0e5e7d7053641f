"""The one thread that writes the store, and the one that brings dispositions to the site's system."""
