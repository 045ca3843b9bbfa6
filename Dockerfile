# The server with a checkpoint beside it. Non-root, no shell, nothing written but the audit log and verdicts, if asked for.
#
#   docker build -t threat-indicator .
#   docker run --rm -p 127.0.0.1:5000:5000 -v ./checkpoints:/checkpoints:ro threat-indicator

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY crates crates
COPY tests tests
RUN cargo build --release --locked -p serve

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/threat-serve /threat-serve
COPY data/sample_tweets.csv /data/sample_tweets.csv
# Inside the container the server must be reachable from outside it; what is published is the
# choice of whoever runs it.
ENV THREAT_HOST=0.0.0.0 THREAT_LOG_FORMAT=json
WORKDIR /
EXPOSE 5000
ENTRYPOINT ["/threat-serve"]
