"""What the service talks about: frozen values, numpy arrays, units in the names.

The names follow the contract (protos/multicam/v1), so that a field path in an
error message reads the same on both sides. Nothing here knows gRPC, protobuf or
files. Where the contract says `optional`, a scalar is `float | None` and an
array element is NaN.
"""
