from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorSet

SPINE = Path(__file__).with_name("spine.txt")


def names_of(contract: FileDescriptorSet) -> Iterator[str]:
    """Every name of the contract, in the notation of spine.txt."""
    for file in contract.file:
        for service in file.service:
            for method in service.method:
                asked = "stream " * method.client_streaming + local(method.input_type)
                given = "stream " * method.server_streaming + local(method.output_type)
                yield f"rpc {method.name}({asked}) returns ({given})"
        for message in file.message_type:
            for field in message.field:
                yield f"{message.name}.{field.name} {label(message, field)}{type_of(field)}"
        for enum in file.enum_type:
            for value in enum.value:
                yield f"{value.name} = {value.number}"


def local(type_name: str) -> str:
    return type_name.removeprefix(".multicam.v1.")


def label(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return "repeated "
    if field.proto3_optional:
        return "optional "
    if field.HasField("oneof_index"):
        return f"oneof:{message.oneof_decl[field.oneof_index].name} "
    return ""


def type_of(field: FieldDescriptorProto) -> str:
    if field.type_name:
        return local(field.type_name)
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


@pytest.fixture(scope="module")
def present(contract):
    return set(names_of(contract))


@pytest.mark.parametrize(
    "name",
    [line for line in SPINE.read_text("utf-8").splitlines() if not line.startswith("#")],
)
def test_the_spine_holds(present, name):
    assert name in present
