{{- define "sluice.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The environment variable of a key: `_` for `.`, `__` for `_`, `___` for `-`. */}}
{{- define "sluice.variable" -}}
KAFKA_REST_{{ . | replace "_" "__" | replace "-" "___" | replace "." "_" | upper }}
{{- end -}}

{{/*
Before the SIGKILL: the wait of preStop, both times of a stop, and 20 s for consumers and the producer; in a cluster 20 s
more, in which the instances move.
*/}}
{{- define "sluice.gracePeriod" -}}
{{- $stop := add (index .Values.config "sluice.shutdown.delay.ms" | default 0 | int) (index .Values.config "shutdown.graceful.ms" | default 5000 | int) -}}
{{- add .Values.preStopSeconds (div $stop 1000) 20 (ternary 20 0 (ne .Values.cluster.id "")) -}}
{{- end -}}
