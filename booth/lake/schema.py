"""The columns of the central tables, flat where a question is likely; pictures stay files."""

from __future__ import annotations

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")
TEXT = pa.string()

POINT = pa.struct([pa.field("x", pa.float64()), pa.field("y", pa.float64())])
ANNOTATION = pa.struct(
    [
        pa.field("annotation_id", TEXT),
        pa.field("view", TEXT),
        pa.field("type", TEXT),
        pa.field("severity", TEXT),
        pa.field("part", TEXT),
        pa.field("points", pa.list_(POINT)),
        pa.field("made_by", TEXT),
        pa.field("made_at", INSTANT),
    ]
)
FILE = pa.struct(
    [
        pa.field("name", TEXT),
        pa.field("sha256", TEXT),
        pa.field("bytes", pa.int64()),
        pa.field("media_type", TEXT),
    ]
)

SAMPLES = pa.schema(
    [
        pa.field("sample_id", TEXT),
        pa.field("booth_id", TEXT),
        pa.field("kept_at", INSTANT),
        pa.field("taken_at", INSTANT),
        pa.field("closed_at", INSTANT),
        pa.field("closed_by", TEXT),
        pa.field("gtin", TEXT),
        pa.field("gtin_source", TEXT),
        pa.field("verdict_outcome", TEXT),  # the last verdict's; null where none was made
        pa.field("verdict_score", pa.float64()),
        pa.field("verdicts", pa.int32()),
        pa.field("references", pa.int32()),
        pa.field("evidence", pa.map_(TEXT, pa.float64())),
        pa.field("types", pa.map_(TEXT, pa.float64())),
        pa.field("models", pa.map_(TEXT, TEXT)),
        pa.field("policy", TEXT),
        pa.field("person_outcome", TEXT),  # null where the person was not asked
        pa.field("disposition", TEXT),
        pa.field("decided_by", TEXT),
        pa.field("licence_plate", TEXT),
        pa.field("tote", TEXT),
        pa.field("order", TEXT),
        pa.field("annotations", pa.list_(ANNOTATION)),
        pa.field("calibration_version", TEXT),
        pa.field("weight_g", pa.float64()),
        pa.field("files", pa.list_(FILE)),  # each lies at blobs/sha256/<first two digits>/<sha256>
        pa.field("manifest_key", TEXT),
        pa.field("manifest_sha256", TEXT),
        pa.field("batch", pa.int64()),
    ]
)

AMENDMENTS = pa.schema(
    [
        pa.field("amendment_id", TEXT),
        pa.field("sample_id", TEXT),
        pa.field("booth_id", TEXT),
        pa.field("predecessor", TEXT),  # empty for the first of a chain
        pa.field("made_at", INSTANT),
        pa.field("made_by", TEXT),
        pa.field("changes", TEXT),  # JSON: field of the closing to its new value
        pa.field("amendment_key", TEXT),
        pa.field("amendment_sha256", TEXT),
        pa.field("batch", pa.int64()),
    ]
)
