from multicam.v1 import align_pb2 as _align_pb2
from multicam.v1 import analyze_pb2 as _analyze_pb2
from multicam.v1 import auto_cut_pb2 as _auto_cut_pb2
from multicam.v1 import focus_pb2 as _focus_pb2
from multicam.v1 import highlights_pb2 as _highlights_pb2
from multicam.v1 import probe_pb2 as _probe_pb2
from multicam.v1 import upload_pb2 as _upload_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
