# A static program in an empty image: docker build -t stacklens . && docker run --rm -v "$PWD:/src" stacklens check
FROM rust:1.90-alpine AS build
RUN apk add --no-cache musl-dev=~1
WORKDIR /stacklens
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY schemas schemas
COPY benches benches
RUN cargo build --release --locked --features fetch --bin stacklens

FROM scratch
COPY --from=build /stacklens/target/release/stacklens /stacklens
WORKDIR /src
ENTRYPOINT ["/stacklens"]
