"""Every error the booth raises on purpose, and what the rest of the house does about each.

BoothError
├── ConfigError    stops start-up and names the key
├── DeviceError    pause, reopen, say which cable
│   └── DeviceTimeout  ask again a few times first
├── ModelError     the sample is kept unjudged
├── StoreError     intake stops
├── SyncError      next night
└── InputError     a bad file or argument: one clear line, exit code 2

Anything else that is raised is a bug.
"""


class BoothError(Exception):
    """An error whose message a person at the booth can act on."""


class ConfigError(BoothError):
    """A setting is missing, unknown or impossible; the message names its key."""


class DeviceError(BoothError):
    """A device is gone, silent or refuses; the message names the device and the cable to look at."""


class DeviceTimeout(DeviceError):
    """A device said nothing in time; it may still be there."""


class ModelError(BoothError):
    """A network or its weights cannot be used."""


class StoreError(BoothError):
    """The local store cannot keep what it was given."""


class SyncError(BoothError):
    """Central storage cannot be reached, or does not keep its promises."""


class InputError(BoothError):
    """A file or an argument from outside is not what it should be."""
