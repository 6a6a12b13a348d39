// Aligns recordings of one event and cuts a programme from them, through a
// running multicam service.
//
//   node dist/src/align-and-cut.js --server 127.0.0.1:50051 --tenant t_demo --env dev a.wav b.wav

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { parseArgs } from "node:util";

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Client, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { AlignStatus, type AlignResponse } from "../gen/multicam/v1/align_pb.js";
import { Pacing, type AutoCutResponse } from "../gen/multicam/v1/auto_cut_pb.js";
import { MediaAnalysisService } from "../gen/multicam/v1/media_analysis_service_pb.js";
import { AssetSchema, type Asset } from "../gen/multicam/v1/media_pb.js";
import { UploadMediaRequestSchema } from "../gen/multicam/v1/upload_pb.js";

const CHUNK_BYTES = 256 * 1024; // where an upload's throughput levels off
const TIMEOUT_MS = 600_000;

type Service = Client<typeof MediaAnalysisService>;

/** Tenant and environment travel with every call, never inside a message. */
function identified(tenant: string, env: string): Interceptor {
  return (next) => (request) => {
    request.header.set("x-tenant-id", tenant);
    request.header.set("x-env", env);
    return next(request);
  };
}

/** The messages of an upload: what to expect, then the file. */
async function* parts(
  file: string,
): AsyncGenerator<MessageInitShape<typeof UploadMediaRequestSchema>> {
  const { size } = await stat(file);
  yield { part: { case: "header", value: { sizeBytes: BigInt(size) } } };
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    yield { part: { case: "chunk", value: chunk as Uint8Array } };
  }
}

/** Sends a file to the service; returns the asset that stands for it. */
async function upload(service: Service, file: string): Promise<Asset> {
  const { uploadId } = await service.uploadMedia(parts(file));
  return create(AssetSchema, { assetId: file, source: { case: "uploadId", value: uploadId } });
}

/** A programme of the recordings that could be placed. */
async function cut(
  service: Service,
  assets: Asset[],
  aligned: AlignResponse,
): Promise<AutoCutResponse> {
  const tracks = [];
  for (const [index, placed] of aligned.tracks.entries()) {
    if (placed.status === AlignStatus.UNALIGNED || placed.status === AlignStatus.AMBIGUOUS) {
      console.error(`${placed.assetId} is left out: ${placed.reason}`);
      continue;
    }
    tracks.push({
      assetId: placed.assetId,
      offsetMs: placed.offsetMs,
      driftPpm: placed.driftPpm,
      asset: assets[index],
    });
  }
  return service.autoCut({ tracks, pacing: Pacing.MEDIUM });
}

function show(aligned: AlignResponse, programme: AutoCutResponse): void {
  for (const placed of aligned.tracks) {
    const offset = (placed.offsetMs ?? NaN).toFixed(1);
    const confidence = placed.confidence.toFixed(2);
    console.log(`${placed.assetId} starts at ${offset} ms (confidence ${confidence})`);
  }
  const clips = programme.sequence?.tracks[0]?.clips ?? [];
  for (const [index, clip] of clips.entries()) {
    const start = clip.startMsOnTimeline.toFixed(1).padStart(8);
    console.log(`${start} ms  ${clip.assetId}  ${programme.decisions[index]?.reason}`);
  }
}

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "127.0.0.1:50051" },
    tenant: { type: "string", default: "t_demo" },
    env: { type: "string", default: "dev" },
  },
});
const transport = createGrpcTransport({
  baseUrl: `http://${options.server}`,
  interceptors: [identified(options.tenant, options.env)],
  defaultTimeoutMs: TIMEOUT_MS,
});
const service = createClient(MediaAnalysisService, transport);
try {
  const assets = [];
  for (const file of files) {
    assets.push(await upload(service, file));
  }
  const aligned = await service.align({ tracks: assets.map((asset) => ({ asset })) });
  show(aligned, await cut(service, assets, aligned));
} catch (error) {
  console.error(ConnectError.from(error).message);
  process.exitCode = 1;
}
