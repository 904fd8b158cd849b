/*
 * A cluster of librdkafka's mock brokers with many topics, which a real broker has no descriptors for: `mock-cluster TOPICS PARTITIONS`.
 * Prints the addresses of the brokers. Ends with its standard input.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* The mock looks for work a few times a second, and then does all of it. */
enum { THREADS = 500 };

static rd_kafka_mock_cluster_t *cluster;
static int topics;
static int partitions;

static void *create_topics(void *first) {
  for (long topic = (long)first; topic < topics; topic += THREADS) {
    char name[32];
    snprintf(name, sizeof(name), "list-%05ld", topic);
    if (rd_kafka_mock_topic_create(cluster, name, partitions, 1)) exit(1);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  topics = atoi(argv[1]);
  partitions = atoi(argv[2]);
  char error[512];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, error, sizeof(error));
  cluster = client ? rd_kafka_mock_cluster_new(client, 1) : NULL;
  if (!cluster) return 1;
  /* The mock says that its controller is broker 0. */
  rd_kafka_mock_broker_add(cluster, 0);
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; ++i) {
    if (pthread_create(&threads[i], NULL, create_topics, (void *)i)) return 1;
  }
  for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
  puts(rd_kafka_mock_cluster_bootstraps(cluster));
  fflush(stdout);
  while (getchar() != EOF) continue;
  return 0;
}
