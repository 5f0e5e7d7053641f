"""The C functions of Aravis 0.8 and GLib that the booth calls: what each gives and takes."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import POINTER, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint, c_uint32, c_uint64, c_void_p
from typing import Any

PLAIN: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "arv_update_device_list": (None, ()),
    "arv_get_n_devices": (c_uint, ()),
    "arv_get_device_id": (c_char_p, (c_uint,)),
    "arv_get_device_address": (c_char_p, (c_uint,)),
    "arv_get_device_serial_nbr": (c_char_p, (c_uint,)),
    "arv_get_device_vendor": (c_char_p, (c_uint,)),
    "arv_get_device_model": (c_char_p, (c_uint,)),
    "arv_get_device_protocol": (c_char_p, (c_uint,)),
    "arv_camera_get_device": (c_void_p, (c_void_p,)),
    "arv_gv_device_is_controller": (c_int, (c_void_p,)),
    "arv_device_get_feature": (c_void_p, (c_void_p, c_char_p)),
    "arv_gc_feature_node_get_actual_access_mode": (c_int, (c_void_p,)),
    "arv_gc_enumeration_get_type": (c_size_t, ()),
    "arv_gc_boolean_get_type": (c_size_t, ()),
    "arv_gc_integer_get_type": (c_size_t, ()),
    "arv_gc_float_get_type": (c_size_t, ()),
    "arv_gc_command_get_type": (c_size_t, ()),
    "arv_buffer_new_allocate": (c_void_p, (c_size_t,)),
    "arv_buffer_get_status": (c_int, (c_void_p,)),
    "arv_buffer_get_image_data": (c_void_p, (c_void_p, POINTER(c_size_t))),
    "arv_buffer_get_image_width": (c_int, (c_void_p,)),
    "arv_buffer_get_image_height": (c_int, (c_void_p,)),
    "arv_buffer_get_image_padding": (None, (c_void_p, POINTER(c_int), POINTER(c_int))),
    "arv_buffer_get_image_pixel_format": (c_uint32, (c_void_p,)),
    "arv_buffer_get_timestamp": (c_uint64, (c_void_p,)),
    "arv_buffer_get_frame_id": (c_uint64, (c_void_p,)),
    "arv_stream_push_buffer": (None, (c_void_p, c_void_p)),
    "arv_stream_timeout_pop_buffer": (c_void_p, (c_void_p, c_uint64)),
    "arv_stream_try_pop_buffer": (c_void_p, (c_void_p,)),
    "arv_stream_get_n_buffers": (None, (c_void_p, POINTER(c_int), POINTER(c_int))),
    "arv_stream_get_statistics": (None, (c_void_p, POINTER(c_uint64), POINTER(c_uint64), POINTER(c_uint64))),
    "g_type_check_instance_is_a": (c_int, (c_void_p, c_size_t)),
    "g_object_unref": (None, (c_void_p,)),
    "g_free": (None, (c_void_p,)),
    "g_error_free": (None, (c_void_p,)),
}

FAILING: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "arv_camera_new": (c_void_p, (c_char_p,)),
    "arv_camera_create_stream": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "arv_camera_get_payload": (c_uint, (c_void_p,)),
    "arv_camera_start_acquisition": (None, (c_void_p,)),
    "arv_camera_stop_acquisition": (None, (c_void_p,)),
    "arv_camera_gv_set_packet_size": (None, (c_void_p, c_int)),
    "arv_device_is_feature_available": (c_int, (c_void_p, c_char_p)),
    "arv_device_execute_command": (None, (c_void_p, c_char_p)),
    "arv_device_get_string_feature_value": (c_char_p, (c_void_p, c_char_p)),
    "arv_device_set_string_feature_value": (None, (c_void_p, c_char_p, c_char_p)),
    "arv_device_get_boolean_feature_value": (c_int, (c_void_p, c_char_p)),
    "arv_device_set_boolean_feature_value": (None, (c_void_p, c_char_p, c_int)),
    "arv_device_get_integer_feature_value": (c_int64, (c_void_p, c_char_p)),
    "arv_device_set_integer_feature_value": (None, (c_void_p, c_char_p, c_int64)),
    "arv_device_get_integer_feature_bounds": (
        None,
        (c_void_p, c_char_p, POINTER(c_int64), POINTER(c_int64)),
    ),
    "arv_device_get_integer_feature_increment": (c_int64, (c_void_p, c_char_p)),
    "arv_device_get_float_feature_value": (c_double, (c_void_p, c_char_p)),
    "arv_device_set_float_feature_value": (None, (c_void_p, c_char_p, c_double)),
    "arv_device_get_float_feature_bounds": (
        None,
        (c_void_p, c_char_p, POINTER(c_double), POINTER(c_double)),
    ),
    "arv_gc_float_get_display_precision": (c_int64, (c_void_p,)),
    "arv_gc_float_get_unit": (c_char_p, (c_void_p,)),
    "arv_gc_integer_get_unit": (c_char_p, (c_void_p,)),
    "arv_device_dup_available_enumeration_feature_values_as_strings": (
        c_void_p,
        (c_void_p, c_char_p, POINTER(c_uint)),
    ),
}
"""Those that take a GError as their last argument."""
