{{- define "nameless.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "nameless.labels" -}}
{{ include "nameless.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "nameless.selector" -}}
app.kubernetes.io/name: nameless
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "nameless.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* The most nodes that there may be at a time. */}}
{{- define "nameless.most" -}}
{{- if .Values.autoscaling.enabled -}}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) -}}
{{- fail "autoscaling.minReplicas is above autoscaling.maxReplicas" -}}
{{- end -}}
{{ .Values.autoscaling.maxReplicas }}
{{- else -}}
{{ .Values.replicas }}
{{- end -}}
{{- end }}

{{- define "nameless.secrets" -}}
{{- $keys := concat (list "bot_token" "history_key" "database_url" "redis_url") .Values.optionalSecrets -}}
{{- if .Values.ingress.enabled }}{{ $keys = append $keys "webhook_secret" }}{{ end -}}
{{ $keys | uniq | toJson }}
{{- end }}

{{/* What `serve` and `migrate up` are told. Secrets are files: an environment is seen in too many places. */}}
{{- define "nameless.env" -}}
{{- range include "nameless.secrets" . | fromJsonArray }}
- name: {{ printf "%s_FILE" (upper .) }}
  value: /run/secrets/nameless/{{ . }}
{{- end }}
- { name: DATA_DIR, value: /data }
- { name: HTTP_ADDR, value: "0.0.0.0:8080" }
- { name: METRICS_ADDR, value: "0.0.0.0:9464" }
- { name: LOG_FORMAT, value: json }
- { name: DRAIN_TIMEOUT, value: {{ printf "%ds" (int .Values.drainSeconds) }} }
{{- $part := div (int .Values.bulkRate) (int (include "nameless.most" .)) }}
- { name: BULK_RATE, value: {{ max 1 $part | quote }} }
{{- if .Values.ingress.enabled }}
- { name: WEBHOOK_URL, value: {{ printf "https://%s/webhook/telegram" .Values.ingress.host | quote }} }
{{- if not (hasKey .Values.settings "PUBLIC_URL") }}
- { name: PUBLIC_URL, value: {{ printf "https://%s" .Values.ingress.host | quote }} }
{{- end }}
{{- with .Values.ingress.trustedProxies }}
- { name: TRUSTED_PROXIES, value: {{ join "," . | quote }} }
{{- end }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- /* Numbers of a file come as floats: a chat's id would be written with an exponent. */}}
{{- if and (kindIs "float64" $value) (eq $value (floor $value)) }}
- { name: {{ $name }}, value: {{ printf "%.0f" $value | quote }} }
{{- else if kindIs "bool" $value }}
{{- /* To YAML `on` is a truth; to the bot it is a word. */}}
- { name: {{ $name }}, value: {{ ternary "on" "off" $value | quote }} }
{{- else }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{- define "nameless.locked" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "nameless.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
- { name: secrets, mountPath: /run/secrets/nameless, readOnly: true }
{{- end }}
