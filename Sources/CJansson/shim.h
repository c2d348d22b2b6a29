#pragma once

// jansson, the reader of untrusted JSON.

#include <jansson.h>
