// Aligns recordings of one event and cuts a programme from them, through a
// running multicam service.
//
//	align-and-cut -server 127.0.0.1:50051 -tenant t_demo -env dev a.wav b.wav
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // so that details can be read
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	multicamv1 "multicam.example/align-and-cut/gen/multicam/v1"
)

const chunkBytes = 256 << 10 // where an upload's throughput levels off

func main() {
	log.SetFlags(0)
	server := flag.String("server", "127.0.0.1:50051", "where the service listens")
	tenant := flag.String("tenant", "t_demo", "whose recordings these are")
	env := flag.String("env", "dev", "the environment")
	flag.Parse()
	if err := run(*server, *tenant, *env, flag.Args()); err != nil {
		log.Fatal(explain(err))
	}
}

func run(server, tenant, env string, files []string) error {
	connection, err := grpc.NewClient(server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	client := multicamv1.NewMediaAnalysisServiceClient(connection)

	// Tenant and environment travel with every call, never inside a message.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-tenant-id", tenant, "x-env", env)

	request := &multicamv1.AlignRequest{}
	for _, file := range files {
		asset, err := upload(ctx, client, file)
		if err != nil {
			return err
		}
		request.Tracks = append(request.Tracks, &multicamv1.AlignTrack{Asset: asset})
	}
	aligned, err := client.Align(ctx, request)
	if err != nil {
		return err
	}
	programme, err := client.AutoCut(ctx, cutOf(request, aligned))
	if err != nil {
		return err
	}
	show(aligned, programme)
	return nil
}

// upload sends a file to the service and returns the asset that stands for it.
func upload(ctx context.Context, client multicamv1.MediaAnalysisServiceClient, name string) (*multicamv1.Asset, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	facts, err := file.Stat()
	if err != nil {
		return nil, err
	}
	stream, err := client.UploadMedia(ctx)
	if err != nil {
		return nil, err
	}
	header := &multicamv1.UploadHeader{SizeBytes: facts.Size()}
	message := &multicamv1.UploadMediaRequest{Part: &multicamv1.UploadMediaRequest_Header{Header: header}}
	chunk := make([]byte, chunkBytes)
	for {
		// io.EOF: the service has ended the call; CloseAndRecv tells how.
		if err := stream.Send(message); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		read, err := io.ReadFull(file, chunk)
		if read == 0 && err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		message = &multicamv1.UploadMediaRequest{Part: &multicamv1.UploadMediaRequest_Chunk{Chunk: chunk[:read]}}
	}
	sent, err := stream.CloseAndRecv()
	if err != nil {
		return nil, err
	}
	source := &multicamv1.Asset_UploadId{UploadId: sent.GetUploadId()}
	return &multicamv1.Asset{AssetId: name, Source: source}, nil
}

// cutOf asks for a programme of the recordings that could be placed.
func cutOf(request *multicamv1.AlignRequest, aligned *multicamv1.AlignResponse) *multicamv1.AutoCutRequest {
	cut := &multicamv1.AutoCutRequest{Pacing: multicamv1.Pacing_PACING_MEDIUM}
	for index, placed := range aligned.GetTracks() {
		if placed.GetStatus() == multicamv1.AlignStatus_ALIGN_STATUS_UNALIGNED ||
			placed.GetStatus() == multicamv1.AlignStatus_ALIGN_STATUS_AMBIGUOUS {
			log.Printf("%s is left out: %s", placed.GetAssetId(), placed.GetReason())
			continue
		}
		cut.Tracks = append(cut.Tracks, &multicamv1.SessionTrack{
			AssetId:  placed.GetAssetId(),
			OffsetMs: placed.GetOffsetMs(),
			DriftPpm: placed.GetDriftPpm(),
			Asset:    request.GetTracks()[index].GetAsset(),
		})
	}
	return cut
}

func show(aligned *multicamv1.AlignResponse, programme *multicamv1.AutoCutResponse) {
	for _, placed := range aligned.GetTracks() {
		fmt.Printf("%s starts at %.1f ms (confidence %.2f)\n",
			placed.GetAssetId(), placed.GetOffsetMs(), placed.GetConfidence())
	}
	for index, clip := range programme.GetSequence().GetTracks()[0].GetClips() {
		fmt.Printf("%8.1f ms  %s  %s\n", clip.GetStartMsOnTimeline(), clip.GetAssetId(),
			programme.GetDecisions()[index].GetReason())
	}
}

// explain adds what the service says beside its message, such as the fields that are wrong.
func explain(err error) string {
	refused, ok := status.FromError(err)
	if !ok {
		return err.Error()
	}
	text := fmt.Sprintf("%s: %s", refused.Code(), refused.Message())
	for _, detail := range refused.Details() {
		text += fmt.Sprintf("\n  %v", detail)
	}
	return text
}
