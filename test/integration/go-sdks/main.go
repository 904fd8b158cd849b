// Calls Sluice with Confluent's two published Go SDKs of the v3 API: each call that they have, and behind both
// beginnings of the paths. Prints a line for each call, and exits with 1 if one was not answered as it should be.
//
//	go run . URL CLUSTER GROUP TOPIC PREFIX
//
// GROUP has a member that reads TOPIC, and a committed offset for its partition 0. Names of topics that are created
// begin with PREFIX.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	url, cluster, group, topic, prefix := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	all := []*calls{
		checkOpen(url+"/v3", group, topic, prefix+"-open"),
		checkOpen(url+"/kafka/v3", group, topic, prefix+"-alias"),
		checkCloud(url, cluster, group, topic, prefix+"-cloud"),
	}
	failed := 0
	for _, each := range all {
		failed += each.failed
		fmt.Printf("%s: %d calls, %d wrong\n", each.sdk, len(each.made), each.failed)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// until waits for what the brokers tell each other.
func until(isSo func() bool) {
	for attempt := 0; attempt < 300 && !isSo(); attempt++ {
		time.Sleep(100 * time.Millisecond)
	}
}
