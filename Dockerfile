ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
# A certificate bundle, where packages come through a proxy with its own.
ARG PIP_CERT
COPY requirements.lock .
# TensorFlow's C++ headers, and libclang, which only its build tools use, are never read at run time.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --quiet --no-cache-dir \
        --disable-pip-version-check --require-hashes --requirement requirements.lock \
    && cd /venv/lib/python3*/site-packages \
    && rm -rf tensorflow/include pyarrow/include clang \
    && find . -type d -name tests -prune -exec rm -rf {} +
COPY . /app
# Hashes instead of time stamps: the compiled files stay valid however the layer is copied.
RUN rm /app/requirements.lock \
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${BASE}
COPY --from=build /venv /venv
COPY --from=build /app /app
# Weights of keras.applications, where a volume is mounted; elsewhere Keras turns to /tmp.
# Finished patterns likewise, in /data; without a volume none are kept.
RUN install --directory --owner=10001 --group=10001 /weights /data
WORKDIR /app
# What libraries want to write goes under /tmp, so that the rest can be read-only.
ENV PATH=/venv/bin:$PATH \
    HOME=/tmp \
    KERAS_HOME=/weights \
    CNNVIZ_DATA=/data \
    XDG_CACHE_HOME=/tmp/cache \
    XDG_CONFIG_HOME=/tmp/config \
    DASK_TEMPORARY_DIRECTORY=/tmp/dask \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_PORT=8501
EXPOSE 8501
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; port = os.environ['STREAMLIT_SERVER_PORT']; assert r.urlopen(f'http://127.0.0.1:{port}/_stcore/health', timeout=4).read() == b'ok'"]
CMD ["streamlit", "run", "app.py"]
