"""The ports: what the booth asks of its devices, networks, indexes, remotes, hosts and screens.

Each factory is what an entry point of the group of its name resolves to (see pyproject.toml). `options` is
the part's own table from booth.toml; a factory refuses unknown keys with ConfigError.
"""
