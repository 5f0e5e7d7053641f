"""The threads of the devices: one each, which opens it, serves it, opens it again, and never dies."""
