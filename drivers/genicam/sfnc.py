"""The features of EMVA's Standard Features Naming Convention that a booth sets and reads."""

SETTINGS = (
    "ExposureAuto",
    "ExposureTime",
    "ExposureTimeAbs",
    "GainAuto",
    "Gain",
    "GainRaw",
    "BlackLevel",
    "Gamma",
    "BalanceWhiteAuto",
    "BalanceRatioSelector",
    "BalanceRatio",
    "AcquisitionFrameRateEnable",
    "AcquisitionFrameRate",
    "AcquisitionFrameRateAbs",
    "TriggerSelector",
    "TriggerMode",
    "TriggerSource",
    "TriggerDelay",
    "DeviceLinkThroughputLimit",
)
"""What a technician sets while it streams, by the names of EMVA's SFNC 2.7, and of SFNC 1 (…Abs, …Raw)."""

SWITCH = ("off", "on")
"""The choices of a feature that is true or false."""

TEMPERATURE = "DeviceTemperature"
FIRMWARE = "DeviceFirmwareVersion"
RESET = "DeviceReset"

FINEST = 3
"""Digits after the point that a technician sets; cameras that say nothing claim six."""


def step_of(digits: int) -> float:
    """The step of an amount that has no increment of its own, from the digits that the camera would show."""
    return float(10.0 ** -min(digits, FINEST))
