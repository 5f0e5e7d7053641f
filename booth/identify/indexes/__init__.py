"""Catalogue indexes on engines that run distributed, and the way back to the embedded one."""
