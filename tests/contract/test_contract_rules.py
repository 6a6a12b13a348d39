"""Conventions that buf has no rule for."""

import re
from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

NUMBERS = {
    FieldDescriptorProto.TYPE_DOUBLE,
    FieldDescriptorProto.TYPE_FLOAT,
    FieldDescriptorProto.TYPE_INT32,
    FieldDescriptorProto.TYPE_INT64,
    FieldDescriptorProto.TYPE_UINT32,
    FieldDescriptorProto.TYPE_UINT64,
}

# Words that make a number a time.
TIME_WORDS = {"time", "start", "end", "in", "out", "duration", "offset", "interval", "timestamp"}
TIME_WORDS |= {"window", "residual", "timeout", "delay", "seconds", "millis", "us", "ns"}


def fields(
    messages: dict[str, DescriptorProto],
) -> Iterator[tuple[str, FieldDescriptorProto]]:
    for name, message in messages.items():
        for field in message.field:
            yield f"{name}.{field.name}", field


def test_every_time_is_a_double_in_milliseconds(messages):
    for name, field in fields(messages):
        if field.name.endswith("_ms") or "_ms_" in field.name:
            assert field.type == FieldDescriptorProto.TYPE_DOUBLE, name
        elif field.type in NUMBERS:
            assert not TIME_WORDS & set(field.name.split("_")), f"{name} is a time without _ms"


def test_every_enum_starts_at_unspecified(contract, messages):
    enums = [enum for file in contract.file for enum in file.enum_type]
    enums += [
        enum
        for file in contract.file
        for message in file.message_type
        for enum in message.enum_type
    ]
    for enum in enums:
        prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper()
        zero = [value.name for value in enum.value if value.number == 0]
        assert zero == [f"{prefix}_UNSPECIFIED"]
        assert all(value.name.startswith(f"{prefix}_") for value in enum.value)


def test_no_map_anywhere(messages):
    assert [name for name, message in messages.items() if message.options.map_entry] == []


def test_tenant_and_environment_are_in_no_message(messages):
    for name, field in fields(messages):
        assert not {"tenant", "env", "environment", "user"} & set(field.name.split("_")), name


def test_replies_hold_no_moment_of_the_servers_clock(contract, messages):
    services = [service for file in contract.file for service in file.service]
    assert [service.name for service in services] == ["MediaAnalysisService"]
    reached: set[str] = set()
    waiting = [method.output_type for method in services[0].method]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        assert name in messages, f"{name} is not of this package"
        waiting += [field.type_name for field in messages[name].field if is_message(field)]
    assert ".multicam.v1.AlignedTrack" in reached

    for name, field in fields({name: messages[name] for name in sorted(reached)}):
        words = set(field.name.split("_"))
        assert not words & {"at", "now", "created", "updated", "elapsed", "uuid", "random"}, name


def is_message(field: FieldDescriptorProto) -> bool:
    return field.type == FieldDescriptorProto.TYPE_MESSAGE
