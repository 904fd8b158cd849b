{
  'variables': {
    # Where npm put the two libraries, relative to this folder: they may be hoisted.
    'rdkafka%': '<!(node locate.js node-rdkafka)',
    'simdjson%': '<!(node locate.js @nozbe/simdjson)',
  },
  'targets': [
    {
      'target_name': 'sluice',
      'sources': [
        '<!@(node locate.js --sources)',
        '<(simdjson)/src/simdjson.cpp',
      ],
      'include_dirs': ['src', '<(simdjson)/src'],
      'defines': ['NAPI_VERSION=9', 'NDEBUG', 'SIMDJSON_EXCEPTIONS=0'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-rtti'],
      'cflags_cc': [
        '-std=c++20', '-O3', '-fvisibility=hidden', '-fno-exceptions', '-Wall', '-Wextra',
        '-Wno-unused-parameter', '-Wno-cast-function-type',
        '-isystem', '<!(node -p "process.cwd()")/<(rdkafka)/build/deps/include',
      ],
      # The same librdkafka that node-rdkafka loads: one copy in the process.
      'libraries': ['<!(node -p "process.cwd()")/<(rdkafka)/build/deps/librdkafka.so.1'],
      'ldflags': [
        '-Wl,-rpath,\'$$ORIGIN/../../<(rdkafka)/build/deps\'',
        '-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL',
      ],
    },
  ],
}
