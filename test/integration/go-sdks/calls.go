// The record of calls: which were made, how they were answered, and which were left.
package main

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

// Calls of one SDK.
type calls struct {
	sdk    string
	made   map[string]bool
	failed int
}

func newCalls(sdk string) *calls {
	return &calls{sdk: sdk, made: map[string]bool{}}
}

// report notes an answer. An SDK decodes the bodies of successful answers strictly, so that err is nil only if it could.
func (c *calls) report(name string, wanted int, response *http.Response, err error) {
	c.made[name] = true
	status := 0
	if response != nil {
		status = response.StatusCode
	}
	problem := ""
	if status != wanted {
		problem = fmt.Sprintf(", wanted %d", wanted)
	}
	if err != nil && wanted < 300 {
		problem += ": " + err.Error()
		if withBody, ok := err.(interface{ Body() []byte }); ok {
			problem += ": " + string(withBody.Body())
		}
	}
	if problem != "" {
		c.failed++
	}
	fmt.Printf("%-5s %s %s %d%s\n", verdict(problem == ""), c.sdk, name, status, problem)
}

func verdict(isRight bool) string {
	if isRight {
		return "ok"
	}
	return "WRONG"
}

// refuseOthers makes all calls of a client that were not made yet. They are those of Confluent's commercial products,
// which an open proxy does not have.
func (c *calls) refuseOthers(client any) {
	services := reflect.ValueOf(client).Elem()
	for i := 0; i < services.NumField(); i++ {
		if !strings.HasSuffix(services.Type().Field(i).Name, "Api") {
			continue
		}
		service := services.Field(i)
		for j := 0; j < service.NumMethod(); j++ {
			name := service.Type().Method(j).Name
			if !c.made[name] && !strings.HasSuffix(name, "Execute") {
				response := call(service.Method(j))
				c.reportAbsent(name, response)
			}
		}
	}
}

func (c *calls) reportAbsent(name string, response *http.Response) {
	// Some calls are not sent without certain arguments.
	if response == nil {
		c.made[name] = true
		return
	}
	wanted := http.StatusNotFound
	if response.StatusCode == http.StatusMethodNotAllowed {
		wanted = http.StatusMethodNotAllowed
	}
	c.report(name, wanted, response, nil)
}

// call makes a call with any arguments, and returns its response.
func call(method reflect.Value) *http.Response {
	arguments := make([]reflect.Value, method.Type().NumIn())
	for i := range arguments {
		arguments[i] = argument(method.Type().In(i))
	}
	results := method.Call(arguments)
	// The second SDK makes a request first, which is then executed.
	if execute := results[0].MethodByName("Execute"); execute.IsValid() {
		results = execute.Call(nil)
	}
	for _, result := range results {
		if response, ok := result.Interface().(*http.Response); ok {
			return response
		}
	}
	return nil
}

func argument(of reflect.Type) reflect.Value {
	if of == reflect.TypeOf((*context.Context)(nil)).Elem() {
		return reflect.ValueOf(context.Background())
	}
	value := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.String:
		value.SetString("x")
	case reflect.Int32:
		value.SetInt(1)
	}
	return value
}
